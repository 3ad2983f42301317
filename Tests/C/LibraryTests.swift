import Glibc
import StrataCheckout
import Testing

@Suite struct LibraryTests {
  /// The functions that the header declares.
  static let declared: Set<String> = {
    let header = Checkout.text(of: "Sources/C/include/strata.h") ?? ""
    let words = header.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "(") }
    return Set(
      words.filter { $0.hasPrefix("strata_") && $0.contains("(") }.map { String($0.prefix { $0 != "(" }) })
  }()

  @Test(.needs(.tool("nm"))) func itExportsWhatTheHeaderDeclaresAndNothingElse() {
    let (text, code) = Library.run("nm -D --defined-only --extern-only \"$STRATA_LIBRARY\"")
    let exported = text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
    #expect(code == 0 && Set(exported) == Self.declared, "\(text)")
    #expect(Self.declared.count == 29)
  }

  @Test(.needs(.tool("ldd"))) func itNeedsNoSwiftBesideIt() {
    let (text, code) = Library.run("ldd \"$STRATA_LIBRARY\"")
    #expect(code == 0 && !text.contains("swift"), "\(text)")
  }

  @Test(.needs(.tool("cc"))) func theHeaderIsOneOfCAndOfCPlusPlus() {
    let command =
      "for as in c c++; do echo \"#include <strata.h>\" | cc -x $as -Wall -Wextra -Werror -pedantic"
    let (text, code) = Library.run("\(command) -I Sources/C/include -fsyntax-only - || exit 1; done")
    #expect(code == 0, "\(text)")
  }

  @Test(.needs(.tool("cc")), arguments: Checkout.files(under: "Examples/c", ending: [".c"]))
  func anExampleInCRuns(_ path: String) {
    let build = "cc -O -Wall -Wextra -Werror -pthread -I Sources/C/include \(path) -o \"$place\""
    let link = "-L \"\(Library.folder)\" -lstrata \"-Wl,-rpath,\(Library.folder)\""
    let (text, code) = Library.run(
      "place=$(mktemp) && \(build) \(link) && $place; code=$?; rm -f $place; exit $code")
    #expect(code == 0, "\(text)")
  }

  @Test(
    .needs(.tool("python3")),
    arguments: Checkout.files(under: "Examples/python", ending: [".py"]).filter {
      // The two that the others import.
      !$0.hasSuffix("/strata.py") && !$0.hasSuffix("/packet.py")
    })
  func anExampleInPythonRuns(_ path: String) {
    let (text, code) = Library.run("python3 -B \(path)")
    #expect(code == 0, "\(text)")
  }
}
