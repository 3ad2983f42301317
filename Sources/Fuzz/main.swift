import Glibc

/// The command line: which target, how often, from which seed.
enum Arguments {
  static let targets: [any FuzzTarget.Type] = [
    WireTarget.self, TCPTarget.self, HostTarget.self, PairTarget.self, HTTPTarget.self,
  ]

  static func usage() -> Never {
    print("usage: strata-fuzz TARGET [--count N] [--seed S] [--from FIRST]")
    for target in targets { print("  \(target.name): \(target.summary)") }
    exit(64)
  }

  /// Reads the arguments, runs, and gives the exit code.
  static func run(_ arguments: [String]) -> Int32 {
    var words = arguments.dropFirst()
    guard let name = words.popFirst(), let target = targets.first(where: { $0.name == name }) else { usage() }
    var session = Session()
    while let word = words.popFirst() {
      guard let value = words.popFirst().flatMap({ UInt64($0) }) else { usage() }
      switch word {
      case "--count": session.count = min(value, 1 << 48)
      case "--seed": session.seed = value
      case "--from": session.from = min(value, 1 << 62)
      default: usage()
      }
    }
    LastWords.sayOnTrap()
    do {
      print(try session.run(target))
      return 0
    } catch {
      print(error)
      return 1
    }
  }
}

exit(Arguments.run(CommandLine.arguments))
