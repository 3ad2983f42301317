/// Queues of slot numbers over one array of links. A slot waits in at most one of them, and once; it
/// can be taken out of the middle. So no queue ever holds more than there are slots.
///
/// ```swift
/// var ready = SlotQueue()
/// ready.push(7)
/// ready.push(7)   // waits already
/// ready.first     // 7
/// ```
struct SlotQueue: ~Copyable {
  private struct Link {
    var next: UInt32
    var previous: UInt32
  }

  // The first nodes are the ends of the circular queues; slot n is node n + queues.
  private var links: UnsafeMutablePointer<Link>
  private var capacity: Int
  private let queues: Int
  /// Slots that wait in any of the queues.
  private(set) var count = 0

  init(queues: Int = 1) {
    self.queues = queues
    capacity = queues + 64
    links = .allocate(capacity: capacity)
    Self.unlink(links, 0..<capacity)
  }
  deinit { links.deallocate() }

  private static func unlink(_ links: UnsafeMutablePointer<Link>, _ nodes: Range<Int>) {
    for node in nodes {
      let own = UInt32(truncatingIfNeeded: node)
      (links + node).initialize(to: Link(next: own, previous: own))
    }
  }

  @inline(__always) var isEmpty: Bool { count == 0 }
  /// The slot that waits longest.
  @inline(__always) var first: Int? { first(of: 0) }

  @inline(__always) func first(of queue: Int) -> Int? {
    let node = Int(links[queue].next)
    return node == queue ? nil : node &- queues
  }

  @inline(__always) func contains(_ slot: Int) -> Bool {
    let node = slot &+ queues
    return node < capacity && Int(links[node].next) != node
  }

  /// Puts a slot at the end of a queue. False when it waits in one already, which it then stays in.
  @inline(__always) @discardableResult
  mutating func push(_ slot: Int, to queue: Int = 0) -> Bool {
    let node = slot &+ queues
    if node >= capacity { grow(toHold: node) }
    if Int(links[node].next) != node { return false }
    let last = links[queue].previous
    links[node] = Link(next: UInt32(truncatingIfNeeded: queue), previous: last)
    links[Int(last)].next = UInt32(truncatingIfNeeded: node)
    links[queue].previous = UInt32(truncatingIfNeeded: node)
    count &+= 1
    return true
  }

  /// Takes a slot out of the queue it waits in; false when it waits in none.
  @inline(__always) @discardableResult
  mutating func remove(_ slot: Int) -> Bool {
    guard contains(slot) else { return false }
    let node = slot &+ queues
    let link = links[node]
    links[Int(link.previous)].next = link.next
    links[Int(link.next)].previous = link.previous
    let own = UInt32(truncatingIfNeeded: node)
    links[node] = Link(next: own, previous: own)
    count &-= 1
    return true
  }

  @inline(never) private mutating func grow(toHold node: Int) {
    let larger = max(capacity * 2, node + 1)
    let new = UnsafeMutablePointer<Link>.allocate(capacity: larger)
    new.moveInitialize(from: links, count: capacity)
    Self.unlink(new, capacity..<larger)
    links.deallocate()
    links = new
    capacity = larger
  }
}
