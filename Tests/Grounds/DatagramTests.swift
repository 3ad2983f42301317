import Testing

/// Datagram sockets, on every ground; the bodies are in `DatagramBodies`.
@Suite struct DatagramTests {
  @Test(arguments: Grounds.allCases)
  func aConnectedSocketNeedsNoAddressAndHearsItsPeerOnly(_ ground: Grounds) throws {
    try ground.make().aConnectedSocketNeedsNoAddressAndHearsItsPeerOnly()
  }

  @Test(arguments: Grounds.allCases) func aSocketWithoutAPeerNeedsAnAddress(_ ground: Grounds) throws {
    try ground.make().aSocketWithoutAPeerNeedsAnAddress()
  }

  @Test(arguments: Grounds.allCases)
  func whereNobodyHearsDatagramsTheSenderIsToldOnce(_ ground: Grounds) throws {
    try ground.make().whereNobodyHearsDatagramsTheSenderIsToldOnce()
  }

  @Test(arguments: Grounds.allCases) func theLongestDatagramArrivesWhole(_ ground: Grounds) throws {
    try ground.make().theLongestDatagramArrivesWhole()
  }

  @Test(arguments: [Grounds.kernel, .stack, .stackIPv6]) func aGroupIsHeardUntilItIsLeft(_ ground: Grounds)
    throws
  {
    try ground.make().aGroupIsHeardUntilItIsLeft()
  }

  @Test(arguments: Grounds.allCases) func everyDatagramOptionCanBeSet(_ ground: Grounds) throws {
    try ground.make().everyDatagramOptionCanBeSet()
  }
}
