import StrataBase
import Testing

@Suite struct DeadlinesTests {
  private func owner(_ number: Int) -> Handle { Handle(slot: UInt32(number), generation: 1) }
  private func at(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

  @Test func deadlinesComeUpInOrder() {
    var random = Random(seed: 5)
    var deadlines = Deadlines(capacity: 1)
    var times: [Int64] = []
    for number in 0..<1_000 {
      let time = Int64(random.below(500))
      times.append(time)
      deadlines.insert(at(time), owner: owner(number))
    }
    #expect(deadlines.count == 1_000)
    var seen: [Int64] = []
    var owners: Set<Handle> = []
    while let entry = deadlines.removeDue(at: at(1_000)) {
      #expect(times[entry.owner.index] == entry.at.nanoseconds)
      seen.append(entry.at.nanoseconds)
      owners.insert(entry.owner)
    }
    #expect(seen == times.sorted())
    #expect(owners.count == 1_000)
    #expect(deadlines.count == 0)
  }

  @Test func onlyWhatIsDueComesUp() {
    var deadlines = Deadlines()
    #expect(deadlines.first == .never)
    #expect(deadlines.removeDue(at: .never) == nil)
    deadlines.insert(at(20), owner: owner(2))
    deadlines.insert(at(10), owner: owner(1))
    #expect(deadlines.first == at(10))
    #expect(deadlines.removeDue(at: at(9)) == nil)
    #expect(deadlines.removeDue(at: at(10))?.owner == owner(1))
    #expect(deadlines.removeDue(at: at(10)) == nil)
    #expect(deadlines.first == at(20))
  }

  /// The way the heap is meant to be used: the owner's true deadline moves without touching the heap.
  @Test func aDeadlineThatMovedLaterIsPutBack() {
    var deadlines = Deadlines()
    deadlines.insert(at(10), owner: owner(1))
    var due = at(10)
    for time in stride(from: Int64(15), through: 50, by: 5) { due = at(time) }
    #expect(deadlines.count == 1)
    var looks = 0, fired: Instant?
    for time in stride(from: Int64(0), through: 60, by: 1) {
      while let entry = deadlines.removeDue(at: at(time)) {
        looks += 1
        if due <= at(time) { fired = at(time) } else { deadlines.insert(due, owner: entry.owner) }
      }
    }
    #expect(fired == at(50))
    #expect(looks == 2)
    #expect(deadlines.count == 0)
  }
}
