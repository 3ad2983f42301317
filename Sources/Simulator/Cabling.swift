import StrataBase
import StrataLink

/// A cable of a world and what its ends are plugged into.
struct Cabling {
  enum End {
    case host(WorldHost, interface: Int)
    case `switch`(WorldSwitch, port: Int)

    var name: String {
      switch self {
      case .host(let host, _): host.name
      case .switch(let lan, _): lan.name
      }
    }
  }

  let cable: UnsafeMutablePointer<Cable>
  let ends: (End, End)
  /// The instant of its entry in the world's agenda.
  var queuedAt = Instant.never

  init(cable: consuming Cable, ends: (End, End)) {
    self.cable = .allocate(capacity: 1)
    self.cable.initialize(to: cable)
    self.ends = ends
  }

  func tearDown() {
    cable.deinitialize(count: 1)
    cable.deallocate()
  }

  func joins(_ name: String) -> Bool { ends.0.name == name || ends.1.name == name }
}
