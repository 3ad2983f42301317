import StrataBase
import Testing
@testable import StrataTransport

@Suite struct FinishedQueueTests {
  private func handle(_ n: Int) -> Handle { Handle(slot: UInt32(n), generation: 1) }

  @Test func aFullQueueRefuses() {
    var queue = FinishedQueue(backlog: 20)
    for n in 0..<20 { expect(queue.push(handle(n))) }
    expect(queue.isFull)
    let refused = queue.push(handle(20))
    expect(!refused)
    expect(queue.count == 20)
    let first = queue.pop()
    expect(first == handle(0))
    let taken = queue.push(handle(21))
    expect(taken)
  }

  @Test func aConnectionCanLeaveTheMiddle() {
    var queue = FinishedQueue(backlog: 100)
    for n in 0..<7 { _ = queue.push(handle(n)) }
    _ = queue.pop()
    for n in 7..<20 { _ = queue.push(handle(n)) }
    queue.remove(handle(9))
    queue.remove(handle(99))
    var order: [Int] = []
    while let next = queue.pop() { order.append(next.index) }
    expect(order == [1, 2, 3, 4, 5, 6, 7, 8] + Array(10..<20))
  }

  @Test func aBacklogOfNothingTakesOne() {
    var queue = FinishedQueue(backlog: 0)
    let taken = [queue.push(handle(1)), queue.push(handle(2))]
    expect(taken == [true, false])
  }
}
