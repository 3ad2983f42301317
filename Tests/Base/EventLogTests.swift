import StrataBase
import Testing

@Suite struct EventLogTests {
  private func event(_ number: Int) -> Event {
    Event(.frameSent, at: Instant(nanoseconds: Int64(number)), flow: 1, a: UInt64(number), b: 2, c: 3, d: 4)
  }

  @Test func anEventIsFortyEightBytes() {
    #expect(MemoryLayout<Event>.stride == 48)
    #expect(Event.Kind.segmentSent.layer == 3)
  }

  @Test func eventsAreFoundByTheirNumbers() {
    var log = EventLog(capacity: 8)
    #expect(log.event(0) == nil)
    #expect(log.event(1) == nil)
    for number in 1...5 {
      let given = log.append(event(number))
      #expect(given == UInt64(number))
    }
    #expect(log.count == 5)
    #expect(log.first == 1)
    for number in 1...5 { #expect(log.event(UInt64(number)) == event(number)) }
    #expect(log.event(6) == nil)
  }

  @Test func onlyTheLastEventsStay() {
    var log = EventLog(capacity: 8)
    for number in 1...20 {
      log.append(event(number))
      #expect(log.first == UInt64(max(1, number - 7)))
    }
    #expect(log.count == 20)
    #expect(log.event(12) == nil)
    for number in 13...20 { #expect(log.event(UInt64(number)) == event(number)) }
  }

  @Test func equalRunsHaveEqualHashes() {
    func hash(_ change: (inout Event) -> Void = { _ in }) -> UInt64 {
      var log = EventLog(capacity: 4)
      for number in 1...10 {
        var event = event(number)
        if number == 3 { change(&event) }
        log.append(event)
      }
      return log.hash
    }
    let hashes = [
      hash(), hash { $0.time = $0.time + .nanoseconds(1) }, hash { $0.flow += 1 }, hash { $0.host += 1 },
      hash { $0.kind = .frameArrived }, hash { $0.a += 1 }, hash { $0.b += 1 }, hash { $0.c += 1 },
      hash { $0.d += 1 },
    ]
    #expect(hashes[0] == hash())
    #expect(Set(hashes).count == hashes.count)
  }

  @Test func theOrderAndTheCauseAreHashedToo() {
    var a = EventLog(), b = EventLog(), c = EventLog()
    a.append(event(1))
    a.append(event(2))
    b.append(event(2))
    b.append(event(1))
    c.cause = 9
    c.append(event(1))
    c.append(event(2))
    #expect(a.hash != b.hash)
    #expect(a.hash != c.hash)
    #expect(c.event(1)?.cause == 9)
  }
}
