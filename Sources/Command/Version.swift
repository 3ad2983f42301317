import ArgumentParser

/// `strata version`: which build this is.
struct Version: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print the version.")
  static let text = "0.1.0"

  @Flag(help: "Print facts as JSON.") var json = false

  func run() {
    print(json ? #"{"format": 1, "strata": "\#(Version.text)"}"# : "strata \(Version.text)")
  }
}
