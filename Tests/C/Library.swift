import Glibc
import StrataCheckout

/// The library that was built with these tests, and programs run against it.
enum Library {
  /// The folder that it lies in.
  static let folder: String = {
    var text = [CChar](repeating: 0, count: 4_096)
    let count = readlink("/proc/self/exe", &text, text.count - 1)
    let bytes = text.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    return String(decoding: bytes.prefix(upTo: bytes.lastIndex(of: 0x2f) ?? 0), as: UTF8.self)
  }()
  static var path: String { "\(folder)/libstrata.so" }

  /// Runs a command of the shell in the working copy, a minute at most: what it said, and its exit code.
  static func run(_ command: String) -> (text: String, code: Int32) {
    let line = "cd '\(Checkout.root)' && STRATA_LIBRARY='\(path)' timeout 60 sh -c '\(command)' 2>&1"
    guard let pipe = popen(line, "r") else { return ("popen failed", -1) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while case let count = fread(&piece, 1, piece.count, pipe), count > 0 { bytes += piece[..<count] }
    let status = pclose(pipe)
    return (String(decoding: bytes, as: UTF8.self), status & 0x7f == 0 ? status >> 8 & 0xff : -1)
  }
}
