import Testing

@testable import StrataFuzz

/// A small part of what `strata-fuzz` does, in every run of the suite.
@Suite struct TargetTests {
  @Test func parsersWithstandMutatedVectors() throws { try Session(count: 2_000).run(WireTarget.self) }

  @Test func connectionsWithstandHonestAndStrangeSegments() throws {
    try Session(count: 200).run(TCPTarget.self)
  }

  @Test func aFloodedHostServesAllTheSame() throws { try Session(count: 20).run(HostTarget.self) }

  @Test func pairsOfHostsDeliverEveryByteAndLeaveNothingBehind() throws {
    try Session(count: 10).run(PairTarget.self)
  }

  @Test func machinesOfHTTPWithstandMutatedMessages() throws { try Session(count: 300).run(HTTPTarget.self) }
}
