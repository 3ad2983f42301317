import Glibc

/// The executable under test.
enum Strata {
  /// `STRATA` in the environment names it; otherwise it is the one that was built with these tests.
  static let path: String = {
    if let named = getenv("STRATA") { return String(cString: named) }
    var text = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &text, text.count - 1)
    let bytes = text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    let folder = bytes.prefix(upTo: bytes.lastIndex(of: 0x2f) ?? 0)
    return String(decoding: folder, as: UTF8.self) + "/strata"
  }()

  /// Runs it to its end.
  static func run(_ arguments: [String], seconds: Double = 60) async throws -> Outcome {
    try await Outcome.of(path, arguments, seconds: seconds)
  }
}
