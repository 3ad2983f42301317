/// What the command line is going to have and does not have yet. It is answered with what it needs, so
/// that nobody looks for a mistake of his own.
enum Planned {
  /// Verbs, in the order of the help.
  private static let verbs: [(name: String, need: String)] = [
    ("start", "the live page"),
    ("explore", "the live page"),
    ("lesson", "the lessons' programs"),
    ("watch", "a look into other processes' sockets"),
    ("peel", "the layers told frame by frame"),
    ("export", "the live page"),
    ("run", "a namespace whose only link is ours"),
    ("dig", "DNS"),
    ("pcap", "recordings that keep frames"),
  ]

  /// Why this verb cannot be run; nil for one that can, or that nobody has planned.
  static func need(ofVerb verb: String) -> String? {
    verbs.first { $0.name == verb }.map { "not yet: strata \($0.name) needs \($0.need)" }
  }

  /// Why sockets cannot stand on this ground; nil for one that is not planned.
  static func need(ofGround ground: String) -> String? {
    let devices = ["nic"]
    guard devices.contains(where: ground.hasPrefix) else { return nil }
    return "not yet: --on \(ground) needs the Verilog card; there is cable, kernel, tap, tun and packet"
  }
}
