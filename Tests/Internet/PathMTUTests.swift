import StrataBase
import StrataInternet
import StrataWire
import Testing

@Suite struct PathMTUTests {
  @Test func whatWasLearnedHoldsForTenMinutes() {
    var site = Site()
    let before = site.internet.pathGeneration
    site.internet.learnPathMTU(1_280, to: theirs, at: s(1))
    #expect(site.internet.path(to: theirs)?.mtu == 1_280)
    #expect(site.internet.path(to: Address("10.0.0.3")!)?.mtu == 1_500)
    let after = site.internet.pathGeneration
    #expect(after != before && site.internet.nextDeadline == s(601))
    site.internet.expire(at: s(600))
    #expect(site.internet.path(to: theirs)?.mtu == 1_280)
    site.internet.expire(at: s(601))
    #expect(site.internet.path(to: theirs)?.mtu == 1_500 && site.internet.pathGeneration != after)
  }

  @Test func aPathIsNeverWidenedAndNeverTooNarrow() {
    var site = Site()
    site.internet.learnPathMTU(9_000, to: theirs, at: .start)
    #expect(site.internet.path(to: theirs)?.mtu == 1_500)
    site.internet.learnPathMTU(1_000, to: theirs, at: .start)
    site.internet.learnPathMTU(1_200, to: theirs, at: .start)
    #expect(site.internet.path(to: theirs)?.mtu == 1_000)
    site.internet.learnPathMTU(10, to: theirs, at: .start)
    #expect(site.internet.path(to: theirs)?.mtu == PathMTU.least)
  }

  @Test func pathsAreBounded() {
    var settings = InternetSettings()
    settings.pathMTUs = 16
    var site = Site(settings)
    for n in 0..<40 {
      site.internet.learnPathMTU(1_000, to: Address(v4: 0x0a00_0010 + UInt32(n)), at: ms(Int64(n)))
    }
    let narrow = (0..<40).filter {
      site.internet.path(to: Address(v4: 0x0a00_0010 + UInt32($0)))?.mtu == 1_000
    }
    #expect(narrow == Array(24..<40), "the oldest went")
  }

  @Test func aDatagramLongerThanItsPathIsCutToIt() {
    var site = Site()
    site.learnTheirs()
    site.internet.learnPathMTU(1_000, to: theirs, at: .start)
    site.send(Array(repeating: 1, count: 1_400), to: theirs)
    #expect(site.transmitted().map(\.count) == [14 + 20 + 976, 14 + 20 + 424])
  }

  @Test func oldRoutersLeaveTheSizeToAPlateau() {
    #expect(PathMTU.plateau(below: 1_500) == 1_492)
    #expect(PathMTU.plateau(below: 1_492) == 1_006)
    #expect(PathMTU.plateau(below: 65_535) == 32_000)
    #expect(PathMTU.plateau(below: 300) == PathMTU.least)
  }
}
