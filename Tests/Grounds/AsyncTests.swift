import Testing

/// Tasks on sockets, on every ground; the bodies are in `AsyncBodies`.
@Suite struct AsyncTests {
  @Test(arguments: Grounds.allCases) func fiftyClientsAreEchoed(_ ground: Grounds) throws {
    try ground.make().fiftyClientsAreEchoed()
  }

  @Test(arguments: Grounds.allCases) func aWriteLargerThanEveryBufferArrivesWhole(_ ground: Grounds) throws {
    try ground.make().aWriteLargerThanEveryBufferArrivesWhole()
  }

  @Test(arguments: Grounds.allCases) func bytesGoInPlaceBothWays(_ ground: Grounds) throws {
    try ground.make().bytesGoInPlaceBothWays()
  }

  @Test(arguments: Grounds.allCases) func aReadyCallNeverSuspends(_ ground: Grounds) throws {
    try ground.make().aReadyCallNeverSuspends()
  }

  @Test(arguments: Grounds.allCases) func aDeadlineEndsAWait(_ ground: Grounds) throws {
    try ground.make().aDeadlineEndsAWait()
  }

  @Test(arguments: Grounds.allCases) func deadlinesComeInTheirOrder(_ ground: Grounds) throws {
    try ground.make().deadlinesComeInTheirOrder()
  }

  @Test(arguments: Grounds.allCases) func aCancelledWaitEndsAndLeavesTheSocketWhole(_ ground: Grounds) throws
  {
    try ground.make().aCancelledWaitEndsAndLeavesTheSocketWhole()
  }

  @Test(arguments: Grounds.allCases) func aTaskCancelledBeforeItWaitsDoesNotWait(_ ground: Grounds) throws {
    try ground.make().aTaskCancelledBeforeItWaitsDoesNotWait()
  }

  @Test(arguments: Grounds.allCases) func aSecondReaderIsRefused(_ ground: Grounds) throws {
    try ground.make().aSecondReaderIsRefused()
  }

  @Test(arguments: Grounds.allCases) func aCloseEndsTheWaitsOfOtherTasks(_ ground: Grounds) throws {
    try ground.make().aCloseEndsTheWaitsOfOtherTasks()
  }

  @Test(arguments: Grounds.allCases) func aPeersAbortEndsAWait(_ ground: Grounds) throws {
    try ground.make().aPeersAbortEndsAWait()
  }

  @Test(arguments: Grounds.allCases) func connectSaysWhyItFailed(_ ground: Grounds) throws {
    try ground.make().connectSaysWhyItFailed()
  }

  @Test(arguments: Grounds.allCases) func aConnectionThatIsNotAnsweredTimesOut(_ ground: Grounds) throws {
    try ground.make().aConnectionThatIsNotAnsweredTimesOut()
  }

  @Test(arguments: Grounds.allCases) func aDroppedSocketIsClosed(_ ground: Grounds) throws {
    try ground.make().aDroppedSocketIsClosed()
  }
}
