import Testing

/// The same calls on the system's sockets and on ours, and what each gave, side by side.
@Suite struct BesideKernelTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let script: @Sendable (Protocol) -> Void
    init(_ name: String, _ script: @escaping @Sendable (Protocol) -> Void) {
      testDescription = name
      self.script = script
    }
  }

  @Test(arguments: openingCases + streamCases + endingCases + datagramCases + optionCases)
  func weSayWhatTheKernelSays(_ one: Case) {
    let kernel = Protocol(KernelFace()), ours = Protocol(StrataFace())
    one.script(kernel)
    one.script(ours)
    #expect(ours.lines == kernel.lines, "\(Self.beside(kernel.lines, ours.lines))")
  }

  /// The lines that differ, with the kernel's on the left.
  private static func beside(_ left: [String], _ right: [String]) -> String {
    (0..<max(left.count, right.count)).map { index in
      let a = index < left.count ? left[index] : "-", b = index < right.count ? right[index] : "-"
      return a == b ? "      \(a)" : "  >>  \(a)   |   \(b)"
    }.joined(separator: "\n")
  }
}
