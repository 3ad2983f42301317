/// Something that must not be, in a sentence.
struct Finding: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Throws a finding unless the condition holds.
@inline(__always)
func check(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
  if !condition { throw Finding(sentence()) }
}
