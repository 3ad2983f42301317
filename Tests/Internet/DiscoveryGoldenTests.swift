import StrataBase
import StrataCheckout
import StrataInternet
import StrataWire
import Testing

/// What a host says and hears when it begins, in whole scripts: each frame with its second.
@Suite struct DiscoveryGoldenTests {
  /// A host, and everything that crosses its link.
  private struct Script: ~Copyable {
    var site: Site
    var lines: [String] = []

    init(_ address: String, probes: Int = 1, autoconfigures: Bool = false) {
      var settings = InternetSettings()
      settings.autoconfigures = autoconfigures
      settings.duplicateProbes = probes
      site = Site(settings, address: address)
    }

    private static func second(_ now: Instant) -> String {
      let tenths = (now - .start).nanoseconds / 100_000_000
      return "\(tenths / 10).\(tenths % 10)"
    }

    private mutating func say(at now: Instant) {
      for frame in site.transmitted() { lines.append("\(Script.second(now)) > \(SentIPv6(frame))") }
    }

    mutating func hears(_ frame: [UInt8], at now: Instant) {
      run(until: now)
      lines.append("\(Script.second(now)) < \(SentIPv6(frame))")
      _ = site.receive(frame, at: now)
      say(at: now)
    }

    mutating func sends(to destination: Address, at now: Instant) {
      run(until: now)
      site.send([1, 2, 3], to: destination, at: now)
      say(at: now)
    }

    mutating func run(until end: Instant) {
      while site.internet.nextDeadline <= end {
        let now = site.internet.nextDeadline
        site.internet.expire(at: now)
        say(at: now)
      }
    }

    /// The addresses that are in use.
    mutating func notes(at now: Instant) {
      run(until: now)
      let all = site.internet.interface(0).ipv6.addresses.map { "\($0.address) \($0.state)" }
      let router = site.internet.path(to: Address("2001:db8:9::9")!)?.nextHop
      lines.append("\(Script.second(now)) = \(all.joined(separator: ", ")); by \(router?.description ?? "-")")
    }
  }

  private func expect(_ script: borrowing Script, is name: String) {
    let text = script.lines.joined(separator: "\n") + "\n", frames = script.site.pool.outstanding
    GoldenText.expect(text, is: "Tests/Internet/Golden/\(name)")
    #expect(frames == 0)
  }

  @Test func aHostBeginsAndARouterComesAndGoes() {
    var script = Script("0.0.0.0/32", autoconfigures: true)
    script.notes(at: .start)
    script.notes(at: s(5))
    let prefix = prefixOption("2001:db8:1::/64", valid: 120, preferred: 60)
    script.hears(routerAdvertisement([.sourceHardware(routerHardware), prefix], lifetime: 90), at: s(6))
    for second in [8, 66, 96, 126] as [Int64] { script.notes(at: s(second)) }
    expect(script, is: "host-begins.txt")
  }

  @Test func anAddressThatSomebodyHasIsNotTaken() {
    var script = Script("fd00::1/64")
    script.notes(at: .start)
    while script.site.internet.counters.addressesProbed < 2 {
      script.run(until: script.site.internet.nextDeadline)
    }
    let now = script.site.internet.nextDeadline + .milliseconds(-500)
    script.hears(
      advertisement(
        Address("fd00::1")!, theirHardware, from: Address("fd00::1")!, to: .allNodes, isSolicited: false),
      at: now)
    script.notes(at: s(9))
    expect(script, is: "address-taken.txt")
  }

  @Test func aNeighbourIsFoundAskedAgainAndLost() {
    var script = Script("fd00::1/64", probes: 0)
    script.run(until: s(9))
    script.lines = []
    let there = Family.v6.theirs
    script.sends(to: there, at: s(10))
    script.hears(Family.v6.answer, at: s(10) + .milliseconds(100))
    script.sends(to: there, at: s(35))
    script.hears(Family.v6.answer, at: s(41))
    script.sends(to: there, at: s(60))
    script.run(until: s(80))
    script.sends(to: there, at: s(80))
    script.run(until: s(90))
    expect(script, is: "neighbour.txt")
  }
}
