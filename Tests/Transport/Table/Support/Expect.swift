import Testing

/// `#expect` cannot look into an expression that holds a noncopyable value. These take the result.
func expect(
  _ condition: Bool, _ comment: Comment? = nil, at location: SourceLocation = #_sourceLocation
) {
  #expect(condition, comment, sourceLocation: location)
}

/// The same for two values, which are shown when they differ.
func expectEqual<T: Equatable>(_ found: T, _ wanted: T, at location: SourceLocation = #_sourceLocation) {
  #expect(found == wanted, sourceLocation: location)
}

/// `#require` for the same case: the value, or the end of the test.
func present<T: ~Copyable>(
  _ value: consuming T?, at location: SourceLocation = #_sourceLocation
) throws -> T {
  if let value { return value }
  Issue.record("nothing there", sourceLocation: location)
  throw Absent()
}
