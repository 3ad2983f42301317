/// Elements at addresses that never move, named by handles. Slots are used again, last freed first.
///
/// ```swift
/// var slab = Slab<Connection>(capacity: 1_000)
/// let handle = slab.insert(Connection())!
/// slab.pointer(handle)?.pointee.receive(...)
/// ```
@frozen public struct Slab<Element: ~Copyable>: ~Copyable {
  @usableFromInline static var pageShift: Int { 6 }
  @usableFromInline static var pageSize: Int { 64 }

  /// What a slot knows of itself. A live slot's generation is odd; a free one names the next free.
  @usableFromInline struct Slot {
    @usableFromInline var generation: UInt32
    @usableFromInline var nextFree: UInt32
    @usableFromInline init(generation: UInt32, nextFree: UInt32) {
      self.generation = generation
      self.nextFree = nextFree
    }
  }

  @usableFromInline var pages: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
  @usableFromInline var slots: UnsafeMutablePointer<Slot>
  @usableFromInline var pageCount = 0
  /// How many pages `pages` and `slots` have room for.
  private var pageRoom: Int
  @usableFromInline var firstFree = UInt32.max
  @usableFromInline let shardBits: UInt32

  /// The most elements it ever holds.
  public let capacity: Int
  /// The elements it holds now.
  public private(set) var count = 0

  /// Memory is taken a page of 64 elements at a time. At most 2^24 elements a shard.
  public init(capacity: Int, shard: UInt8 = 0) {
    precondition(capacity > 0 && capacity <= 1 << 24)
    self.capacity = capacity
    shardBits = UInt32(shard) << 24
    pageRoom = 1
    pages = .allocate(capacity: pageRoom)
    slots = .allocate(capacity: pageRoom << Self.pageShift)
  }

  deinit {
    for index in 0..<(pageCount << Self.pageShift) where slots[index].generation & 1 == 1 {
      (pages[index >> Self.pageShift] + (index & (Self.pageSize - 1))).deinitialize(count: 1)
    }
    for page in 0..<pageCount { pages[page].deallocate() }
    pages.deallocate()
    slots.deallocate()
  }

  /// Puts an element in. Nil when the slab is full; the element is gone then.
  public mutating func insert(_ element: consuming Element) -> Handle? {
    if count == capacity { return nil }
    if firstFree == .max { addPage() }
    let index = Int(firstFree)
    firstFree = slots[index].nextFree
    slots[index].generation &+= 1
    count += 1
    (pages[index >> Self.pageShift] + (index & (Self.pageSize - 1))).initialize(to: element)
    return Handle(slot: shardBits | UInt32(truncatingIfNeeded: index), generation: slots[index].generation)
  }

  /// Takes an element out; nil when the handle is stale.
  public mutating func remove(_ handle: Handle) -> Element? {
    guard let place = pointer(handle) else { return nil }
    let index = handle.index
    slots[index].generation &+= 1
    slots[index].nextFree = firstFree
    firstFree = UInt32(truncatingIfNeeded: index)
    count -= 1
    return place.move()
  }

  /// Where the element lies, for as long as it is in the slab; nil when the handle is stale.
  @inline(__always) @inlinable public func pointer(_ handle: Handle) -> UnsafeMutablePointer<Element>? {
    let index = handle.index
    guard index < pageCount << Self.pageShift, slots[index].generation == handle.generation,
      handle.generation & 1 == 1
    else { return nil }
    return pages[index >> Self.pageShift] + (index & (Self.pageSize - 1))
  }

  /// The handle of a live slot, by its number alone; nil when nothing lives there.
  @inline(__always) @inlinable public func handle(at index: Int) -> Handle? {
    guard index >= 0, index < pageCount << Self.pageShift, slots[index].generation & 1 == 1
    else { return nil }
    return Handle(slot: shardBits | UInt32(truncatingIfNeeded: index), generation: slots[index].generation)
  }

  /// The handles of all elements, in slot order.
  @inlinable public var handles: [Handle] {
    (0..<(pageCount << Self.pageShift)).compactMap { handle(at: $0) }
  }

  private mutating func addPage() {
    if pageCount == pageRoom { growRoom() }
    let first = pageCount << Self.pageShift
    pages[pageCount] = .allocate(capacity: Self.pageSize)
    pageCount += 1
    for index in (first..<(first + Self.pageSize)).reversed() {
      (slots + index).initialize(to: Slot(generation: 0, nextFree: firstFree))
      firstFree = UInt32(index)
    }
  }

  /// Room for twice as many pages. The elements stay where they are.
  private mutating func growRoom() {
    let morePages = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: pageRoom * 2)
    morePages.moveInitialize(from: pages, count: pageCount)
    pages.deallocate()
    pages = morePages
    let moreSlots = UnsafeMutablePointer<Slot>.allocate(capacity: (pageRoom * 2) << Self.pageShift)
    moreSlots.moveInitialize(from: slots, count: pageCount << Self.pageShift)
    slots.deallocate()
    slots = moreSlots
    pageRoom *= 2
  }
}
