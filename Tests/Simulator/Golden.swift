import StrataCheckout
import Testing

/// The texts of this folder; `GoldenText` says how one that is meant to change is written.
enum Golden {
  static func expect(_ text: String, is name: String, _ location: SourceLocation = #_sourceLocation) {
    GoldenText.expect(text, is: "Tests/Simulator/Golden/\(name)", location)
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
