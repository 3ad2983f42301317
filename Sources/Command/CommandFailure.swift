import ArgumentParser

/// Why a command ended without doing its work: one sentence for a person, and the exit status.
struct CommandFailure: Error, CustomStringConvertible {
  enum Kind: Int32 {
    case failed = 1
    /// The command line is wrong (EX_USAGE).
    case usage = 64
    /// A part that is needed is missing here (EX_UNAVAILABLE); the sentence says how to get it.
    case missing = 69
  }
  let kind: Kind
  let description: String

  static func failed(_ sentence: String) -> CommandFailure {
    CommandFailure(kind: .failed, description: sentence)
  }
  static func usage(_ sentence: String) -> CommandFailure {
    CommandFailure(kind: .usage, description: sentence)
  }
  static func missing(_ sentence: String) -> CommandFailure {
    CommandFailure(kind: .missing, description: sentence)
  }
}
