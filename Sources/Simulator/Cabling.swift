import StrataBase
import StrataLink

/// A cable of a world and the hosts at its ends.
struct Cabling {
  let cable: UnsafeMutablePointer<Cable>
  let ends: (Node, Node)
  /// The instant of its entry in the world's agenda.
  var queuedAt = Instant.never

  init(cable: consuming Cable, ends: (Node, Node)) {
    self.cable = .allocate(capacity: 1)
    self.cable.initialize(to: cable)
    self.ends = ends
  }

  func tearDown() {
    cable.deinitialize(count: 1)
    cable.deallocate()
  }
}
