import StrataBase
import Testing

@Suite struct TraceTests {
  @Test func aTraceWithoutALogEvaluatesNothing() {
    var evaluated = 0
    func event() -> Event {
      evaluated += 1
      return Event(.frameSent, at: .start)
    }
    let trace = Trace()
    trace(event())
    trace.beginning(event())
    #expect(evaluated == 0)
  }

  @Test func whatFollowsNamesItsCause() {
    let log = UnsafeMutablePointer<EventLog>.allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: 16))
    defer {
      log.deinitialize(count: 1)
      log.deallocate()
    }
    let client = Trace(log, host: 1), server = Trace(log, host: 2)
    client(Event(.called, at: .start))
    server.beginning(Event(.frameArrived, at: .start, a: 7))
    server(Event(.segmentArrived, at: .start))
    client(Event(.segmentSent, at: .start))
    server.beginning(Event(.timerFired, at: .start))
    server(Event(.segmentSentAgain, at: .start))
    let causes = (1...6).map { log.pointee.event($0)?.cause }
    #expect(causes == [0, 0, 2, 2, 0, 5])
    let hosts = (1...6).map { log.pointee.event($0)?.host }
    #expect(hosts == [1, 2, 2, 1, 2, 2])
    #expect(log.pointee.event(2)?.a == 7)
  }
}
