import StrataDevices

/// What sockets stand on.
enum Ground: Quantity, Equatable {
  static let form = "write cable, kernel, tap:NAME, tun:NAME or packet:LINK"

  /// A simulated cable in this process.
  case cable
  /// The operating system's own sockets.
  case kernel
  /// A device of the operating system, with our own stack on it.
  case device(SystemDevice.Kind, String)
  /// One that is not there yet.
  case planned(String)

  private static let devices: [(prefix: String, kind: SystemDevice.Kind)] = [
    ("tap:", .tap), ("tun:", .tun), ("packet:", .packetSocket),
  ]

  init?(argument: String) {
    switch argument {
    case "cable": self = .cable
    case "kernel": self = .kernel
    default:
      if let (prefix, kind) = Self.devices.first(where: { argument.hasPrefix($0.prefix) }) {
        self = .device(kind, String(argument.dropFirst(prefix.count)))
      } else if Planned.need(ofGround: argument) != nil {
        self = .planned(argument)
      } else {
        return nil
      }
    }
  }

  /// Throws what is missing where this ground is not there yet.
  func check() throws(CommandFailure) {
    if case .planned(let name) = self { throw .missing(Planned.need(ofGround: name) ?? Self.form) }
  }
}
