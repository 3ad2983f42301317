import StrataBase
import Testing

@testable import StrataTransport

@Suite struct SlotQueueTests {
  @Test func slotsComeOutInTheOrderTheyWentIn() {
    var queue = SlotQueue()
    for slot in [5, 900, 0, 63] { queue.push(slot) }
    var order: [Int] = []
    while let slot = queue.first {
      order.append(slot)
      queue.remove(slot)
    }
    expect(order == [5, 900, 0, 63])
    expect(queue.isEmpty)
  }

  @Test func aSlotWaitsOnlyOnce() {
    var queue = SlotQueue(queues: 2)
    let pushes = [queue.push(3), queue.push(3), queue.push(3, to: 1)]
    expect(pushes == [true, false, false])
    expect(queue.count == 1)
    expect(queue.first(of: 1) == nil)
  }

  @Test func aSlotCanLeaveTheMiddle() {
    var queue = SlotQueue()
    for slot in 0..<5 { queue.push(slot) }
    let removals = [queue.remove(2), queue.remove(2), queue.remove(77), queue.remove(4_000)]
    expect(removals == [true, false, false, false])
    queue.push(2)
    var order: [Int] = []
    while let slot = queue.first {
      order.append(slot)
      queue.remove(slot)
    }
    expect(order == [0, 1, 3, 4, 2])
  }

  @Test func agreesWithAnArrayUnderRandomCalls() {
    var random = Random(seed: 9)
    var queue = SlotQueue(queues: 3)
    var model: [[Int]] = [[], [], []]
    for _ in 0..<5_000 {
      let slot = Int(random.below(200)), at = Int(random.below(3))
      if random.below(2) == 0 {
        let waits = model.contains { $0.contains(slot) }
        expect(queue.push(slot, to: at) == !waits)
        if !waits { model[at].append(slot) }
      } else {
        let waits = model.contains { $0.contains(slot) }
        expect(queue.remove(slot) == waits)
        for n in 0..<3 { model[n].removeAll { $0 == slot } }
      }
      expect(queue.count == model.reduce(0) { $0 + $1.count })
      for n in 0..<3 { expect(queue.first(of: n) == model[n].first) }
    }
  }
}
