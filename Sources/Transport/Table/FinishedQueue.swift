import StrataBase

/// Connections whose handshake is finished and that nobody has accepted yet, first come first served;
/// at most `backlog` of them. Memory grows with use.
struct FinishedQueue: ~Copyable {
  /// The most connections that wait.
  var backlog: Int
  private var places: UnsafeMutablePointer<Handle>
  private var mask = 7
  private var head = 0
  private var tail = 0

  init(backlog: Int) {
    self.backlog = max(backlog, 1)
    places = .allocate(capacity: mask + 1)
  }
  deinit { places.deallocate() }

  var count: Int { tail &- head }
  var isEmpty: Bool { tail == head }
  var isFull: Bool { count >= backlog }

  /// False when the queue is full.
  mutating func push(_ connection: Handle) -> Bool {
    if isFull { return false }
    if count > mask { grow() }
    places[tail & mask] = connection
    tail &+= 1
    return true
  }

  mutating func pop() -> Handle? {
    if isEmpty { return nil }
    defer { head &+= 1 }
    return places[head & mask]
  }

  /// Takes out a connection that went away before anybody accepted it.
  mutating func remove(_ connection: Handle) {
    var to = head
    for from in head..<tail where places[from & mask] != connection {
      places[to & mask] = places[from & mask]
      to &+= 1
    }
    tail = to
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Handle>.allocate(capacity: (mask + 1) * 2)
    let newMask = (mask + 1) * 2 - 1
    for at in head..<tail { larger[at & newMask] = places[at & mask] }
    places.deallocate()
    places = larger
    mask = newMask
  }
}
