import ArgumentParser
import StrataBase
import StrataLink

/// The settings of a simulated cable, as every verb that has one takes them.
struct CableOptions: ParsableArguments {
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
  var seed: UInt64 = 1

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
  var description: String {
    var parts = [delay.interval.description]
    if let rate { parts.append("\(rate.bitsPerSecond / 1_000) kbit/s") }
    parts.append(loss.fraction == 0 ? "no loss" : "\(percent(loss)) loss")
    if reorder.fraction > 0 { parts.append("\(percent(reorder)) out of order") }
    if duplicate.fraction > 0 { parts.append("\(percent(duplicate)) twice") }
    if corrupt.fraction > 0 { parts.append("\(percent(corrupt)) corrupted") }
    return parts.joined(separator: ", ")
  }

  private func percent(_ share: Share) -> String {
    let text = String(share.fraction * 100)
    return (text.hasSuffix(".0") ? String(text.dropLast(2)) : text) + "%"
  }
}
