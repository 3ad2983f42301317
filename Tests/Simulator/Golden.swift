import Glibc
import StrataCheckout
import Testing

/// Texts that are kept in Tests/Simulator/Golden and that a run has to give again, to the letter: virtual
/// time makes them exact.
///
/// A change that is meant is written with `STRATA_GOLDEN=write ./dev test --filter GoldenTests`; then
/// look at what `git diff` shows, and say in the commit why it is right.
enum Golden {
  private static let isWriting = getenv("STRATA_GOLDEN").map { String(cString: $0) == "write" } ?? false

  /// Compares, and tells of the first line that differs.
  static func expect(_ text: String, is name: String, _ location: SourceLocation = #_sourceLocation) {
    let path = "Tests/Simulator/Golden/\(name)"
    if isWriting { write(text, to: "\(Checkout.root)/\(path)") }
    guard let kept = Checkout.text(of: path) else {
      Issue.record("\(path) is missing; see Golden.swift for how to write it", sourceLocation: location)
      return
    }
    let have = text.split(separator: "\n", omittingEmptySubsequences: false)
    let want = kept.split(separator: "\n", omittingEmptySubsequences: false)
    for (number, (have, want)) in zip(have, want).enumerated() where have != want {
      Issue.record("\(path):\(number + 1) is «\(want)», the run gave «\(have)»", sourceLocation: location)
      return
    }
    #expect(have.count == want.count, "\(path) has \(want.count) lines", sourceLocation: location)
  }

  private static func write(_ text: String, to path: String) {
    guard let file = fopen(path, "wb") else { return }
    fputs(text, file)
    fclose(file)
  }

  /// A number with so many digits behind its point, right in `width` columns.
  static func number(_ value: Double, _ digits: Int, width: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    var text = String(scaled / scale)
    if digits > 0 {
      let fraction = String(scaled % scale)
      text += "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
    return column(text, width: width)
  }

  /// A text, right in `width` columns.
  static func column(_ text: String, width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
