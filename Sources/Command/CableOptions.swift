import ArgumentParser
import StrataBase
import StrataLink

/// The settings of a simulated cable, as every verb that has one takes them.
struct CableOptions: ParsableArguments {
  /// The seed where none is given.
  static let firstSeed: UInt64 = 1

  @Option(
    help: ArgumentHelp("Time on the way, one way, like 5ms.", valueName: "time"), transform: TimeSpan.parse)
  var delay = TimeSpan(.milliseconds(1))

  @Option(
    help: ArgumentHelp("Delay varies by up to this much.", valueName: "time"), transform: TimeSpan.parse)
  var jitter = TimeSpan(.zero)

  @Option(
    help: ArgumentHelp("Share of frames lost, like 1% or 0.01.", valueName: "share"), transform: Share.parse)
  var loss = Share(fraction: 0)

  @Option(
    help: ArgumentHelp("Rate each way, like 10Mbit. Default: no limit.", valueName: "rate"),
    transform: BitRate.parse)
  var rate: BitRate?

  @Option(
    help: ArgumentHelp("Share of frames that later ones overtake.", valueName: "share"),
    transform: Share.parse)
  var reorder = Share(fraction: 0)

  @Option(
    help: ArgumentHelp("Share of frames that arrive twice.", valueName: "share"), transform: Share.parse)
  var duplicate = Share(fraction: 0)

  @Option(
    help: ArgumentHelp("Share of frames with one bit changed.", valueName: "share"), transform: Share.parse)
  var corrupt = Share(fraction: 0)

  @Option(
    help: ArgumentHelp("Seed of every random choice: the same seed, the same run.", valueName: "number"))
  var seed: UInt64 = CableOptions.firstSeed

  @Flag(help: "Let the cable carry up to 64 KB a frame, as an offloading card does.")
  var superFrames = false

  var settings: CableSettings {
    var settings = CableSettings()
    settings.delay = delay.interval
    settings.jitter = jitter.interval
    settings.loss = loss.fraction
    settings.rate = rate?.bitsPerSecond
    settings.reorder = reorder.fraction
    settings.duplicate = duplicate.fraction
    settings.corrupt = corrupt.fraction
    settings.superFrames = superFrames
    return settings
  }

  /// `1 ms, no loss`: what the picture of the first screen says on the cable.
  var description: String { settings.summary }
}

extension CableSettings {
  /// `1 ms, no loss`
  var summary: String {
    var parts = [delay.description]
    if let rate { parts.append("\(rate / 1_000) kbit/s") }
    parts.append(loss == 0 ? "no loss" : "\(Self.percent(loss)) loss")
    if reorder > 0 { parts.append("\(Self.percent(reorder)) out of order") }
    if duplicate > 0 { parts.append("\(Self.percent(duplicate)) twice") }
    if corrupt > 0 { parts.append("\(Self.percent(corrupt)) corrupted") }
    return parts.joined(separator: ", ")
  }

  private static func percent(_ share: Double) -> String {
    let text = String(share * 100)
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "%"
  }
}
