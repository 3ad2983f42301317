import HTTPTypes

/// Fields as they stand in a message, each a line: made once for what many messages say alike, such as a
/// file's type or the date of a second.
///
/// ```swift
/// let lines = FieldLines([.server: "strata", .contentType: "text/plain"])
/// try server.respond(.ok, lines: lines, body: .count(5))
/// ```
public struct FieldLines: Sendable {
  let bytes: [UInt8]

  /// Lines of all fields but those that a machine writes by itself: Content-Length, Transfer-Encoding,
  /// Connection.
  public init(_ fields: HTTPFields = [:]) {
    var output = MessageOutput()
    for field in fields where field.name != .connection && !MessageOutput.isFraming(field.name) {
      output.append(field)
    }
    bytes = output.pending.withUnsafeBytes { Array($0) }
  }
}
