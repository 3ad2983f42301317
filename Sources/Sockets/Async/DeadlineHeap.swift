import StrataBase

/// The deadlines of suspended tasks, the earliest first. A waiter knows its place, so that one which is
/// resumed otherwise leaves at once: there are never more entries than suspended tasks.
struct DeadlineHeap {
  private var waiters: [Waiter] = []

  var count: Int { waiters.count }
  var first: Instant { waiters.first?.deadline ?? .never }

  mutating func insert(_ waiter: Waiter) {
    waiters.append(waiter)
    rise(waiters.count - 1)
  }

  /// Takes it out, if it is in.
  mutating func remove(_ waiter: Waiter) {
    let place = waiter.place
    if place < 0 { return }
    waiter.place = -1
    let last = waiters.removeLast()
    if place == waiters.count { return }
    waiters[place] = last
    rise(place)
    sink(last.place)
  }

  mutating func removeDue(at now: Instant) -> Waiter? {
    guard let waiter = waiters.first, waiter.deadline <= now else { return nil }
    remove(waiter)
    return waiter
  }

  private mutating func rise(_ start: Int) {
    let waiter = waiters[start]
    var hole = start
    while hole > 0 {
      let parent = (hole - 1) / 2
      if waiters[parent].deadline <= waiter.deadline { break }
      put(waiters[parent], at: hole)
      hole = parent
    }
    put(waiter, at: hole)
  }

  private mutating func sink(_ start: Int) {
    let waiter = waiters[start]
    var hole = start
    while true {
      var child = hole * 2 + 1
      if child >= waiters.count { break }
      if child + 1 < waiters.count, waiters[child + 1].deadline < waiters[child].deadline { child += 1 }
      if waiter.deadline <= waiters[child].deadline { break }
      put(waiters[child], at: hole)
      hole = child
    }
    put(waiter, at: hole)
  }

  private mutating func put(_ waiter: Waiter, at place: Int) {
    waiters[place] = waiter
    waiter.place = place
  }
}
