import StrataCheckout

/// The modules in their order, as ARCHITECTURE.md's table has them, and who may know whom.
struct Layers {
  /// From the bottom up.
  let order: [String]

  /// Layers that import no platform module: they compute, and something else waits.
  static let portable: Set = [
    "Base", "Wire", "Link", "Internet", "Transport", "Sockets", "Stack", "BSD", "IP", "HTTP",
    "Simulator",
  ]
  static let platform: Set = [
    "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch", "Android", "WinSDK",
    "System",
    "SystemPackage",
  ]
  /// Pairs that stay strangers although their order would allow an import.
  static let strangers: [(String, String, String)] = [
    ("Kernel", "Stack", "both are grounds for the same sockets; programs choose one"),
    ("Stack", "Kernel", "both are grounds for the same sockets; programs choose one"),
    ("HTTP", "Sockets", "a protocol's machine sees bytes and instants only"),
    ("HTTP", "Transport", "a protocol's machine sees bytes and instants only"),
    ("HTTP", "Stack", "a protocol's machine sees bytes and instants only"),
  ]

  /// Reads the rows whose first cell is a name in code marks: "| `Base` | ... |".
  init(table text: String) {
    order = text.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("| `"), let end = line.dropFirst(3).firstIndex(of: "`") else { return nil }
      return String(line.dropFirst(3)[..<end])
    }
  }

  func rank(_ layer: String) -> Int? { order.firstIndex(of: layer) }
}
