import StrataCorpus
import Testing

@testable import StrataFuzz

@Suite struct KeptAttemptsTests {
  @Test func whatFoundSomethingOnceFindsNothingNow() throws {
    for kept in KeptAttempts.all {
      for attempt in kept.attempts {
        let session = Session(seed: kept.seed, from: attempt, count: 1)
        switch kept.target {
        case TCPTarget.name: try session.run(TCPTarget.self)
        case PairTarget.name: try session.run(PairTarget.self)
        default: Issue.record("there is no target \(kept.target)")
        }
      }
    }
  }
}
