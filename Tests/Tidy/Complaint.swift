/// One line that breaks a rule, and a sentence that says what to do.
struct Complaint: Equatable, CustomStringConvertible {
  let path: String
  let line: Int
  let sentence: String

  var description: String { "\(path):\(line): \(sentence)" }
}
