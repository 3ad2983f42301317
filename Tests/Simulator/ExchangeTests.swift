import Glibc
import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import Testing

/// A megabyte each way, at once, over bad cables. `STRATA_SEEDS=200 ./dev test --filter ExchangeTests`
/// runs 200 seeds at each loss; usually it is 50.
@Suite struct ExchangeTests {
  static let seeds: UInt64 = getenv("STRATA_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 50
  static let count = 1_000_000

  /// A cable with this loss; everything else about it follows from the seed.
  static func cable(loss: Double, seed: UInt64) -> CableSettings {
    var random = Random(seed: seed)
    var cable = CableSettings(delay: .microseconds(Int64(500 + random.below(20_000))), loss: loss)
    cable.reorder = random.fraction() * 0.1
    cable.reorderDelay = .microseconds(Int64(100 + random.below(5_000)))
    cable.duplicate = random.fraction() * 0.05
    if seed % 2 == 0 { cable.jitter = .microseconds(Int64(random.below(5_000))) }
    if seed % 3 == 0 { cable.rate = 5_000_000 + random.below(200_000_000) }
    if seed % 3 == 0 { cable.queue = 20 + Int(random.below(200)) }
    if seed % 4 == 0 { cable.corrupt = random.fraction() * 0.02 }
    if seed % 4 == 1 { cable.superFrames = true }
    return cable
  }

  @Test(arguments: [0, 0.01, 0.05, 0.2])
  func everyByteArrivesOnceAndNothingIsLeft(loss: Double) {
    for seed in 1...ExchangeTests.seeds { exchange(loss: loss, seed: seed) }
  }

  /// With the usual three questions one of twenty connections would fail at 20 % loss for want of the
  /// peer's hardware address.
  static let patient: HostSettings = {
    var settings = HostSettings()
    settings.internet.asks = 20
    settings.tcp.synRetries = 20
    return settings
  }()

  private func exchange(loss: Double, seed: UInt64) {
    let count = ExchangeTests.count
    let site = Site(
      seed: seed, ExchangeTests.cable(loss: loss, seed: seed), settings: ExchangeTests.patient)
    let answerer = site.world.run(Answerer("10.0.0.2:9", sends: count), on: site.server)
    let caller = site.world.run(Caller(to: "10.0.0.2:9", sends: count), on: site.client)
    var problem: (any Error)?
    do {
      if try !site.world.runUntilQuiet(limit: .seconds(20_000)) { problem = CheckFailure("it never ends") }
    } catch {
      problem = error
    }
    let called = site.world.program(caller), answered = site.world.program(answerer)
    let place: Comment = """
      loss \(loss), seed \(seed), until \(site.world.now): \(problem.map { "\($0)" } ?? "")
      client: \(called.talk.map { "\($0)" } ?? "-"), server: \(answered.talks.first.map { "\($0)" } ?? "-")
      """
    #expect(problem == nil, place)
    #expect(called.isDone && called.talk?.received == count, place)
    #expect(answered.isDone && answered.talks.first?.received == count, place)
    #expect(site.delivery.checked == UInt64(2 * count), place)
    #expect(site.window.checked > (seed % 4 == 1 ? 20 : 1_000), place)
  }
}
