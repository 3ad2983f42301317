/// Errors that wait for the transports, in order. Its bound is fixed; what comes on top is dropped, as
/// control messages may be.
struct ControlErrorQueue {
  private var errors: [ControlError] = []
  private var taken = 0
  let capacity: Int

  init(capacity: Int) { self.capacity = max(capacity, 1) }

  var count: Int { errors.count - taken }

  /// False when the queue is full.
  mutating func push(_ error: ControlError) -> Bool {
    if count == capacity { return false }
    if taken == capacity {
      errors.removeFirst(taken)
      taken = 0
    }
    errors.append(error)
    return true
  }

  mutating func pop() -> ControlError? {
    if taken == errors.count { return nil }
    defer {
      if taken == errors.count {
        errors.removeAll(keepingCapacity: true)
        taken = 0
      }
    }
    taken += 1
    return errors[taken - 1]
  }
}
