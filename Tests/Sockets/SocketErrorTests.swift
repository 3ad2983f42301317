import StrataSockets
import Testing

@Suite struct SocketErrorTests {
  static let all: [SocketError] = [
    .wouldBlock, .inProgress, .badDescriptor, .addressInUse, .addressNotAvailable, .connectionRefused,
    .connectionReset, .connectionAborted, .timedOut, .hostUnreachable, .networkUnreachable, .notConnected,
    .alreadyConnected, .brokenPipe, .invalidArgument, .notSupported, .tooManyDescriptors, .noBuffers,
    .permissionDenied, .messageTooLong, .cancelled, .system(200),
  ]

  @Test(arguments: all) func itsNumberLeadsBackToIt(_ error: SocketError) {
    #expect(SocketError(errno: error.errno) == error)
  }

  @Test func everyErrorHasItsOwnNumberAndSentence() {
    #expect(Set(Self.all.map(\.errno)).count == Self.all.count)
    #expect(Set(Self.all.map(\.description)).count == Self.all.count)
  }

  @Test func anUnknownNumberIsKept() {
    #expect(SocketError(errno: 71) == .system(71))
    #expect(SocketError.system(71).description.contains("71"))
  }

  @Test func numbersOfOneMeaningGiveOneCase() {
    #expect(SocketError(errno: 12) == .noBuffers)
    #expect(SocketError(errno: 88) == .badDescriptor)
    #expect(SocketError(errno: 114) == .inProgress)
  }
}
