import StrataCheckout
import Testing

/// Echo sockets, hops and network errors, on every ground; the bodies are in `EchoBodies`.
@Suite struct EchoTests {
  @Test(.needs(.echo), arguments: Grounds.allCases)
  func anEchoRequestComesBackWithItsSequenceAndData(_ ground: Grounds) throws {
    try ground.make().anEchoRequestComesBackWithItsSequenceAndData()
  }

  @Test(.needs(.echo), arguments: Grounds.allCases)
  func aPingToOurselvesIsAnswered(_ ground: Grounds) throws {
    try ground.make().aPingToOurselvesIsAnswered()
  }

  @Test(.needs(.echo), arguments: Grounds.allCases)
  func twoEchoSocketsHearTheirOwnRepliesOnly(_ ground: Grounds) throws {
    try ground.make().twoEchoSocketsHearTheirOwnRepliesOnly()
  }

  @Test(.needs(.echo), arguments: Grounds.allCases)
  func whatIsNoEchoRequestIsRefused(_ ground: Grounds) throws {
    try ground.make().whatIsNoEchoRequestIsRefused()
  }

  @Test(.needs(.echo), arguments: Grounds.allCases) func theTimeToLiveIsWhatWasSet(_ ground: Grounds) throws {
    try ground.make().theTimeToLiveIsWhatWasSet()
  }

  @Test(arguments: Grounds.allCases) func aStreamWithFewHopsReachesItsNeighbour(_ ground: Grounds) throws {
    try ground.make().aStreamWithFewHopsReachesItsNeighbour()
  }

  @Test(arguments: Grounds.allCases) func whatTheNetworkSaysIsKeptForEachDatagram(_ ground: Grounds) throws {
    try ground.make().whatTheNetworkSaysIsKeptForEachDatagram()
  }

  @Test(arguments: Grounds.allCases) func withoutReceiveErrorsNothingIsKept(_ ground: Grounds) throws {
    try ground.make().withoutReceiveErrorsNothingIsKept()
  }

  @Test(arguments: [Grounds.stack, .stackIPv6]) func theErrorQueueHasABound(_ ground: Grounds) throws {
    try ground.make().theErrorQueueHasABound()
  }
}
