import StrataBase
import Testing

@testable import StrataSockets

@Suite struct DeadlineHeapTests {
  @Test func theyComeOutInOrderWhateverWasTakenOut() {
    var random = Random(seed: 7)
    var heap = DeadlineHeap()
    var waiters: [Waiter] = []
    for _ in 0..<2_000 {
      if waiters.isEmpty || random.below(3) > 0 {
        let waiter = Waiter(deadline: Instant(nanoseconds: Int64(random.below(500))))
        heap.insert(waiter)
        waiters.append(waiter)
      } else {
        heap.remove(waiters.remove(at: Int(random.below(UInt64(waiters.count)))))
      }
      #expect(heap.first == waiters.map(\.deadline).min() ?? .never)
      #expect(heap.count == waiters.count)
    }
    var last = Instant.start
    while let waiter = heap.removeDue(at: .never) {
      #expect(waiter.deadline >= last)
      #expect(waiter.place < 0)
      last = waiter.deadline
    }
    #expect(heap.count == 0)
  }

  @Test func whatIsNotDueStays() {
    var heap = DeadlineHeap()
    let waiter = Waiter(deadline: .start + .seconds(1))
    heap.insert(waiter)
    #expect(heap.removeDue(at: .start) == nil)
    #expect(heap.removeDue(at: .start + .seconds(1)) === waiter)
    heap.remove(waiter)
    #expect(heap.first == .never)
  }
}
