/// The few events that one call can lead to, in order: content, its end, and a failure behind it.
struct EventQueue<Event: Sendable>: Sendable {
  private var first: Event?
  private var second: Event?
  private var third: Event?

  var isEmpty: Bool { first == nil }

  mutating func push(_ event: Event) {
    if first == nil {
      first = event
    } else if second == nil {
      second = event
    } else {
      third = event
    }
  }
  mutating func pop() -> Event? {
    let event = first
    first = second
    second = third
    third = nil
    return event
  }
}
