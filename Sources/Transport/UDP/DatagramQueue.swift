import StrataBase

/// Datagrams in the order in which they arrived, bounded in number and in the memory that they hold.
struct DatagramQueue: ~Copyable {
  /// The most datagrams, and the most bytes of frame buffers.
  let capacity: Int
  let memory: Int
  /// Bytes of frame buffers that are held.
  private(set) var charge = 0
  private var places: UnsafeMutablePointer<Datagram>?
  private var mask = 0
  private var head = 0
  private var tail = 0

  /// Memory for places is taken with the first datagram.
  init(capacity: Int, memory: Int) {
    self.capacity = max(capacity, 1)
    self.memory = memory
  }
  deinit {
    for at in head..<tail { (places! + (at & mask)).deinitialize(count: 1) }
    places?.deallocate()
  }

  var count: Int { tail &- head }
  var isEmpty: Bool { tail == head }

  /// Whether one more datagram of this size finds room. One always does, however small the memory is.
  func hasRoom(for size: Int) -> Bool { isEmpty || (count < capacity && charge + size <= memory) }

  /// False, and the datagram is gone, when there is no room.
  mutating func push(_ datagram: consuming Datagram) -> Bool {
    let size = datagram.frame.bufferSize
    guard hasRoom(for: size) else { return false }
    if places == nil || count > mask { grow() }
    guard let places else { return false }
    (places + (tail & mask)).initialize(to: datagram)
    tail &+= 1
    charge += size
    return true
  }

  /// Where the first one lies until it is taken.
  var first: UnsafeMutablePointer<Datagram>? { isEmpty ? nil : places.map { $0 + (head & mask) } }

  mutating func pop() -> Datagram? {
    guard !isEmpty, let places else { return nil }
    let datagram = (places + (head & mask)).move()
    head &+= 1
    charge -= datagram.frame.bufferSize
    return datagram
  }

  private mutating func grow() {
    let newCapacity = places == nil ? 8 : (mask + 1) * 2
    let larger = UnsafeMutablePointer<Datagram>.allocate(capacity: newCapacity)
    if let places {
      for at in head..<tail {
        (larger + (at & (newCapacity - 1))).initialize(to: (places + (at & mask)).move())
      }
      places.deallocate()
    }
    places = larger
    mask = newCapacity - 1
  }
}
