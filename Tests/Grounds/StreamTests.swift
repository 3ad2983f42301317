import Testing

/// Streams, on every ground; the bodies are in `StreamBodies`.
@Suite struct StreamTests {
  @Test(arguments: Grounds.allCases) func bytesGoBothWays(_ ground: Grounds) throws {
    try ground.make().bytesGoBothWays()
  }

  @Test(arguments: Grounds.allCases) func aBigTransferArrivesWhole(_ ground: Grounds) throws {
    try ground.make().aBigTransferArrivesWhole()
  }

  @Test(arguments: Grounds.allCases) func aWriterStopsWhenNobodyReads(_ ground: Grounds) throws {
    try ground.make().aWriterStopsWhenNobodyReads()
  }

  @Test(arguments: Grounds.allCases) func aHalfClosedStreamStillCarriesTheOtherWay(_ ground: Grounds) throws {
    try ground.make().aHalfClosedStreamStillCarriesTheOtherWay()
  }

  @Test(arguments: Grounds.allCases) func closeStillSendsWhatWasAccepted(_ ground: Grounds) throws {
    try ground.make().closeStillSendsWhatWasAccepted()
  }

  @Test(arguments: Grounds.allCases) func closeWithUnreadBytesResets(_ ground: Grounds) throws {
    try ground.make().closeWithUnreadBytesResets()
  }

  @Test(arguments: Grounds.allCases) func anAbortIsSeenAsAReset(_ ground: Grounds) throws {
    try ground.make().anAbortIsSeenAsAReset()
  }

  @Test(arguments: Grounds.allCases) func drainShowsAgainWhatWasNotUsed(_ ground: Grounds) throws {
    try ground.make().drainShowsAgainWhatWasNotUsed()
  }

  @Test(arguments: Grounds.allCases) func aBodyThatLiesAboutItsCountIsRefused(_ ground: Grounds) throws {
    try ground.make().aBodyThatLiesAboutItsCountIsRefused()
  }

  @Test(arguments: Grounds.allCases) func fillSendsOnlyWhatWasFilled(_ ground: Grounds) throws {
    try ground.make().fillSendsOnlyWhatWasFilled()
  }

  @Test(arguments: Grounds.allCases) func oneSocketIsFilledInsideTheDrainOfAnother(_ ground: Grounds) throws {
    try ground.make().oneSocketIsFilledInsideTheDrainOfAnother()
  }

  @Test(arguments: Grounds.allCases) func anEchoFillsInsideOfItsOwnDrain(_ ground: Grounds) throws {
    try ground.make().anEchoFillsInsideOfItsOwnDrain()
  }

  @Test(arguments: Grounds.allCases) func aBodyMayCloseItsSocket(_ ground: Grounds) throws {
    try ground.make().aBodyMayCloseItsSocket()
  }

  @Test(arguments: Grounds.allCases) func whoEndsHisReadingReadsTheEnd(_ ground: Grounds) throws {
    try ground.make().whoEndsHisReadingReadsTheEnd()
  }
}
