import HTTPTypes
import StrataBase
import StrataCorpus
import StrataHTTP

/// A caller that calls the machines of HTTP in any order. They may throw, and must not trap.
enum HTTPMisuser {
  static func run(_ random: inout Random) throws {
    if random.coin() { try misuseServer(&random) } else { try misuseClient(&random) }
  }

  private static let statuses = [100, 101, 102, 103, 200, 204, 304, 404, 500, 999]

  private static func misuseServer(_ random: inout Random) throws {
    var limits = HTTPLimits()
    if random.coin() { limits.pendingOutput = random.number(100) }
    var server = HTTP1Server(limits: limits)
    var input = HTTPTarget.mutated(HTTPMessages.bytes(random.one(of: HTTPMessages.requests)), &random)
    for _ in 0..<60 {
      do throws(HTTPMisuse) {
        switch random.number(12) {
        case 0: server.endOfInput()
        case 1: try server.sendContinue()
        case 2: try server.informational(HTTPResponse(status: .init(code: random.one(of: statuses))))
        case 3, 4:
          try server.respond(
            HTTPResponse(status: .init(code: random.one(of: statuses))), body: length(&random))
        case 5: try server.output.beginBody(count: count(&random))
        case 6: try server.output.wroteBody(count(&random))
        case 7: try server.finish(trailers: random.coin() ? [.init("X-Last")!: "1"] : [:])
        case 8: server.output.drop(random.number(server.output.pendingCount + 1))
        case 9: while server.takeEvent() != nil {}
        default:
          let used = server.receive(Array(input.prefix(1 + random.number(200))).span.bytes)
          if used <= input.count { input.removeFirst(used) }
        }
      } catch {
        _ = error.description
      }
      _ = (server.output.bodyRoom, server.sendsBody, server.shouldClose, server.isIdle, server.isUpgraded)
    }
  }

  private static func misuseClient(_ random: inout Random) throws {
    var client = HTTP1Client()
    let vector = random.one(of: HTTPMessages.responses)
    var input = HTTPTarget.mutated(HTTPMessages.bytes(vector.text), &random)
    for _ in 0..<60 {
      do throws(HTTPMisuse) {
        switch random.number(10) {
        case 0: if random.once(in: 3) { client.endOfInput() }
        case 1: try client.send(HTTPTarget.request(random.one(of: vector.methods)), body: length(&random))
        case 2: try client.send(HTTPTarget.request(random.one(of: ["GET", "HEAD", "CONNECT"])), body: .none)
        case 3: try client.output.beginBody(count: count(&random))
        case 4: try client.output.wroteBody(count(&random))
        case 5, 6: try client.finish(trailers: random.coin() ? [.init("X-Last")!: "1"] : [:])
        case 7: client.output.drop(random.number(client.output.pendingCount + 1))
        case 8: while client.takeEvent() != nil {}
        default:
          let used = client.receive(Array(input.prefix(1 + random.number(200))).span.bytes)
          if used <= input.count { input.removeFirst(used) }
        }
      } catch {
        _ = error.description
      }
      try check(client.unanswered <= client.limits.pipelinedRequests, "\(client.unanswered) are unanswered")
    }
  }

  private static func length(_ random: inout Random) -> HTTPBody.Length {
    random.one(of: [.none, .count(0), .count(5), .count(.max), .chunked, .untilClose])
  }
  private static func count(_ random: inout Random) -> Int {
    random.one(of: [0, 1, 5, 6, -1, .max, .min, 1_000])
  }
}
