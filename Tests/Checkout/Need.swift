import Glibc
import Testing

/// A tool or a right that a test cannot do without.
///
/// Such a test is skipped, and says why, where the need is not met; with `CI=true` it runs all the same
/// and fails, because a skipped test in CI is a failure.
///
/// ```swift
/// @Test(.needs(.tool("tshark"))) func tsharkFindsNoBadChecksum() throws { ... }
/// ```
public enum Need: Sendable {
  /// A program in PATH.
  case tool(String)
  /// The right to make links and namespaces.
  case root
  /// The right to send echo requests on the operating system's sockets.
  case echo

  public var isMet: Bool {
    switch self {
    case .root: geteuid() == 0
    case .echo: geteuid() == 0 || Need.mayEcho
    case .tool(let name): Need.path(of: name) != nil
    }
  }

  /// net.ipv4.ping_group_range has a group of ours.
  private static var mayEcho: Bool {
    let d = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), Int32(IPPROTO_ICMP))
    if d >= 0 { close(d) }
    return d >= 0
  }

  /// Where a program lies; nil when no folder in PATH has it.
  public static func path(of tool: String) -> String? {
    guard let list = getenv("PATH") else { return nil }
    return String(cString: list).split(separator: ":").lazy.map { "\($0)/\(tool)" }
      .first { access($0, X_OK) == 0 }
  }

  /// True where nothing may be skipped.
  public static var isCI: Bool { getenv("CI").map { String(cString: $0) == "true" } ?? false }

  var sentence: String {
    switch self {
    case .root: "this test makes links and namespaces and needs root"
    case .echo: "this test sends echo requests: it needs root, or a group in net.ipv4.ping_group_range"
    case .tool(let name): "this test needs \(name); ./dev setup installs it"
    }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where its need is not met, except in CI.
  public static func needs(_ need: Need) -> Self {
    .enabled(if: need.isMet || Need.isCI, Comment(rawValue: need.sentence))
  }
}
