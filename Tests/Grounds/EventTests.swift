import Testing

/// Events and datagrams, on every ground; the bodies are in `EventBodies`.
@Suite struct EventTests {
  @Test(arguments: Grounds.allCases) func anEventIsToldOnce(_ ground: Grounds) throws {
    try ground.make().anEventIsToldOnce()
  }

  @Test(arguments: Grounds.allCases) func eventsThatWaitAreOneEvent(_ ground: Grounds) throws {
    try ground.make().eventsThatWaitAreOneEvent()
  }

  @Test(arguments: Grounds.allCases) func newsOfTwoKindsAreOneEvent(_ ground: Grounds) throws {
    try ground.make().newsOfTwoKindsAreOneEvent()
  }

  @Test(arguments: Grounds.allCases) func noEventIsLost(_ ground: Grounds) throws {
    try ground.make().noEventIsLost()
  }

  @Test(arguments: Grounds.allCases) func aPeersEndIsAnEvent(_ ground: Grounds) throws {
    try ground.make().aPeersEndIsAnEvent()
  }

  @Test(arguments: Grounds.allCases) func datagramsGoBothWays(_ ground: Grounds) throws {
    try ground.make().datagramsGoBothWays()
  }

  @Test(arguments: Grounds.allCases) func aDatagramIsCutToItsRoomAndNeverJoined(_ ground: Grounds) throws {
    try ground.make().aDatagramIsCutToItsRoomAndNeverJoined()
  }

  @Test(arguments: Grounds.allCases) func aCallOfTheOtherKindIsNotSupported(_ ground: Grounds) throws {
    try ground.make().aCallOfTheOtherKindIsNotSupported()
  }
}
