import StrataCheckout

/// A link in a text to another file of this checkout.
enum Link {
  static func local(in text: String) -> [(line: Int, target: String)] {
    zip(1..., CodeBlock.lines(text)).flatMap { number, line in
      line.ranges(of: "](").compactMap { range in
        let rest = line[range.upperBound...]
        let target = rest.prefix { $0 != ")" && $0 != "#" }
        return target.isEmpty || target.contains("://") ? nil : (number, String(target))
      }
    }
  }

  /// Swift files that are named in code marks.
  static func sources(in text: String) -> [(line: Int, name: String)] {
    zip(1..., CodeBlock.lines(text)).flatMap { number, line in
      line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 && $0.element.hasSuffix(".swift") }
        .map { (number, String($0.element)) }
    }
  }

  static func leads(_ path: String) -> Bool {
    let path = path.hasSuffix("/") ? String(path.dropLast()) : path
    return !Checkout.files(under: path, ending: [""]).isEmpty
  }
}
