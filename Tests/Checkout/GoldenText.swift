import Glibc
import Testing

/// Texts that are kept in the checkout and that a run has to give again, to the letter: virtual time makes
/// them exact.
///
/// A change that is meant is written with `STRATA_GOLDEN=write ./dev test --filter GoldenTests`; then
/// look at what `git diff` shows, and say in the commit why it is right.
public enum GoldenText {
  private static let isWriting = getenv("STRATA_GOLDEN").map { String(cString: $0) == "write" } ?? false

  /// Compares with the text at a path of the checkout, and tells of the first line that differs.
  public static func expect(
    _ text: String, is path: String, _ location: SourceLocation = #_sourceLocation
  ) {
    if isWriting { write(text, to: "\(Checkout.root)/\(path)") }
    guard let kept = Checkout.text(of: path) else {
      Issue.record("\(path) is missing; GoldenText says how to write it", sourceLocation: location)
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
}
