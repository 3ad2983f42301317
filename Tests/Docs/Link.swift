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

  static func leads(_ path: String) -> Bool {
    path.hasSuffix("/")
      ? !Checkout.files(under: String(path.dropLast()), ending: [""]).isEmpty : Checkout.text(of: path) != nil
  }
}
