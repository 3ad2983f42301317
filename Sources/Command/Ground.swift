/// What sockets stand on.
enum Ground: Quantity, Equatable {
  static let form = "write cable or kernel"

  /// A simulated cable in this process.
  case cable
  /// The operating system's own sockets.
  case kernel
  /// One that is not there yet.
  case planned(String)

  init?(argument: String) {
    switch argument {
    case "cable": self = .cable
    case "kernel": self = .kernel
    default:
      if Planned.need(ofGround: argument) == nil { return nil }
      self = .planned(argument)
    }
  }

  /// Throws what is missing where this ground is not there yet.
  func check() throws(CommandFailure) {
    if case .planned(let name) = self { throw .missing(Planned.need(ofGround: name) ?? Self.form) }
  }
}
