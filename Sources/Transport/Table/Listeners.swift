import StrataBase
import StrataWire

/// All listeners of a host, by name and by number.
struct Listeners: ~Copyable {
  private var names = Bindings()
  private var places: [UnsafeMutablePointer<Listener>?] = []
  private var free: [Int] = []
  /// The number of the listener that takes what no name takes, whatever its address and port.
  private var ofAll: Int?
  /// The most listeners.
  let capacity: Int

  /// A listener's number has to fit the 16 bits that a half-open entry has for it.
  init(capacity: Int) { self.capacity = min(capacity, Int(UInt16.max)) }
  deinit {
    for place in places {
      place?.deinitialize(count: 1)
      place?.deallocate()
    }
  }

  var count: Int { names.count + (ofAll == nil ? 0 : 1) }
  var hasOneOfAll: Bool { ofAll != nil }
  var isFull: Bool { count >= capacity }

  /// The number of the listener that takes a SYN to `local`.
  func match(_ local: SocketName) -> Int? { names.match(local) ?? ofAll }
  func overlaps(_ name: SocketName, v6Only: Bool) -> Bool { names.overlaps(name, v6Only: v6Only) }
  func contains(port: UInt16) -> Bool { names.contains(port: port) }

  /// Where a listener lies, until it is removed.
  func pointer(_ number: Int) -> UnsafeMutablePointer<Listener>? {
    number >= 0 && number < places.count ? places[number] : nil
  }

  /// The number that the next `insert` gives.
  var nextNumber: Int { free.last ?? places.count }

  /// Puts a listener in and gives its number. There has to be room.
  @discardableResult
  mutating func insert(_ listener: consuming Listener, ofAll isOfAll: Bool = false) -> Int {
    precondition(!isFull, "ask isFull first")
    let number = nextNumber
    if free.popLast() == nil { places.append(nil) }
    if isOfAll {
      ofAll = number
    } else {
      names.insert(listener.name, number: number, v6Only: listener.v6Only)
    }
    let place = UnsafeMutablePointer<Listener>.allocate(capacity: 1)
    place.initialize(to: listener)
    places[number] = place
    return number
  }

  mutating func remove(_ number: Int) {
    guard let place = pointer(number) else { return }
    if ofAll == number { ofAll = nil } else { names.remove(place.pointee.name, number: number) }
    place.deinitialize(count: 1)
    place.deallocate()
    places[number] = nil
    free.append(number)
  }
}
