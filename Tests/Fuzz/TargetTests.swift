import Testing

@testable import StrataFuzz

/// A small part of what `strata-fuzz` does, in every run of the suite.
@Suite struct TargetTests {
  @Test func parsersWithstandMutatedVectors() throws { try Session(count: 3_000).run(WireTarget.self) }

  @Test func connectionsWithstandHonestAndStrangeSegments() throws {
    try Session(count: 300).run(TCPTarget.self)
  }
}
