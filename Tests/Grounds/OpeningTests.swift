import Testing

/// Beginnings and failures, on every ground; the bodies are in `OpeningBodies`.
@Suite struct OpeningTests {
  @Test(arguments: Grounds.allCases) func aConnectionIsAnnouncedOnBothSides(_ ground: Grounds) throws {
    try ground.make().aConnectionIsAnnouncedOnBothSides()
  }

  @Test(arguments: Grounds.allCases) func bothEndsKnowTheirAddresses(_ ground: Grounds) throws {
    try ground.make().bothEndsKnowTheirAddresses()
  }

  @Test(arguments: Grounds.allCases) func aConnectionThatNobodyListensForIsRefused(_ ground: Grounds) throws {
    try ground.make().aConnectionThatNobodyListensForIsRefused()
  }

  @Test(arguments: Grounds.allCases) func aFullBacklogKeepsNoMoreConnections(_ ground: Grounds) throws {
    try ground.make().aFullBacklogKeepsNoMoreConnections()
  }

  @Test(arguments: Grounds.allCases) func anAddressHasOneListener(_ ground: Grounds) throws {
    try ground.make().anAddressHasOneListener()
  }

  @Test(arguments: Grounds.allCases) func bindToPortZeroTakesAFreePort(_ ground: Grounds) throws {
    try ground.make().bindToPortZeroTakesAFreePort()
  }

  @Test(arguments: Grounds.allCases) func whatArrivedBeforeAcceptIsAnnounced(_ ground: Grounds) throws {
    try ground.make().whatArrivedBeforeAcceptIsAnnounced()
  }

  @Test(arguments: Grounds.allCases) func aSocketThatIsNotConnectedCarriesNothing(_ ground: Grounds) throws {
    try ground.make().aSocketThatIsNotConnectedCarriesNothing()
  }

  @Test(arguments: Grounds.allCases) func aClosedDescriptorIsNone(_ ground: Grounds) throws {
    try ground.make().aClosedDescriptorIsNone()
  }

  @Test(arguments: Grounds.allCases) func everyOptionCanBeSet(_ ground: Grounds) throws {
    try ground.make().everyOptionCanBeSet()
  }

  @Test(arguments: Grounds.allCases) func aLingerTimeOfZeroMakesCloseAReset(_ ground: Grounds) throws {
    try ground.make().aLingerTimeOfZeroMakesCloseAReset()
  }
}
