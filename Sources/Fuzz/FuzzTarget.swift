import StrataBase

/// Something that bytes by the million are thrown at. One file a target; `main.swift` lists them.
protocol FuzzTarget: SendableMetatype {
  /// The word on the command line.
  static var name: String { get }
  /// What it does, in one line.
  static var summary: String { get }

  init()

  /// One attempt. All that it does follows from `random`, so a number is enough to do it again.
  /// Throws when what it met contradicts itself; a trap ends the process, which is worse.
  mutating func attempt(_ random: inout Random) throws

  /// Counts worth printing at the end.
  var report: String { get }
}
