import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// `strata between`: real clients, a real server, and a cable between them.
  @Suite(.serialized, .needs(.tool("python3"))) struct Betweens {
    /// A server that counts what it gets and answers with the count once its client's stream has ended.
    static let counter = """
      import socket, sys, threading, time
      def serve(c):
          n = 0
          if "greets" in sys.argv: c.sendall(b"hi")
          how = "end"
          try:
              while piece := c.recv(65536):
                  n += len(piece)
                  if "slow" in sys.argv: time.sleep(3)
              c.sendall(b"%d" % n)
          except OSError as e:
              how = type(e).__name__
          print(how, n, flush=True)
          c.close()
      l = socket.create_server(("127.0.0.1", 0))
      print(l.getsockname()[1], flush=True)
      while True: threading.Thread(target=serve, args=(l.accept()[0],), daemon=True).start()
      """

    /// A server and a cable in front of it.
    final class Line {
      let server: Child
      let child: Child
      let port: UInt16
      let folder = WorkFolder()

      init(_ options: [String] = [], server arguments: [String] = []) async throws {
        let server = try Child("python3", ["-c", Betweens.counter] + arguments)
        self.server = server
        let target = try await server.wait(seconds: 20) {
          server.output.hasSuffix("\n") ? server.output : nil
        }
        let child = try Child(
          Strata.path,
          ["between", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:\(target.dropLast())"]
            + ["--record", folder["run.strata"]] + options)
        self.child = child
        port = try await child.wait(seconds: 20) {
          child.output.hasSuffix("\n") ? RawClient.port(of: child.output) : nil
        }
      }

      /// What the server said about its connections, once it has said so much.
      func served(_ count: Int) async throws -> [String] {
        try await server.wait(seconds: 20) {
          let lines = self.server.output.split(separator: "\n").dropFirst().map(String.init)
          return lines.count >= count ? lines : nil
        }
      }

      func stop() async throws -> String {
        child.signal(SIGINT)
        #expect(try await child.wait(seconds: 20) == .exited(0), "\(child.errors)")
        return child.errors
      }

      /// The run again: its hash is the same. Gives its story.
      func replay() async throws -> String {
        let same = try await Strata.run(["replay", folder["run.strata"], "--hash"])
        #expect(same.isSuccess, "\(same.output)\(same.errors)")
        let story = try await Strata.run(["replay", folder["run.strata"]])
        #expect(story.isSuccess, "\(story.errors)")
        return story.output
      }

      deinit {
        child.end()
        server.end()
        folder.remove()
      }
    }

    /// Sends zeros and gives what came back, or the error's number.
    private func send(_ count: Int, to port: UInt16, seconds: Int = 20) throws -> (text: String, errno: Int32)
    {
      let socket = try RawClient.connect(port: port, seconds: seconds)
      defer { close(socket) }
      let bytes = [UInt8](repeating: 0, count: count)
      var done = 0
      while done < count {
        let n = bytes.withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress! + done, count - done, Int32(MSG_NOSIGNAL))
        }
        if n < 0 { return ("", errno) }
        done += n
      }
      shutdown(socket, Int32(SHUT_WR))
      var answer = [UInt8](repeating: 0, count: 100)
      let n = recv(socket, &answer, answer.count, 0)
      return n < 0 ? ("", errno) : (String(decoding: answer[..<n], as: UTF8.self), 0)
    }

    @Test func aHalfCloseTravelsThroughAndTheAnswerComesBack() async throws {
      let line = try await Line(["--loss", "2%", "--seed", "4"])
      let (text, _) = try send(300_000, to: line.port)
      #expect(text == "300000")
      let said = try await line.stop()
      #expect(
        said.contains("connection 1: 300000 B up, 6 B down") && said.contains("closed by both"), "\(said)")
      let story = try await line.replay()
      #expect(story.contains("  lost        connection 1 up    bytes "), "\(story)")
      #expect(story.contains("  sent again  connection 1 up    bytes "), "\(story)")
    }

    @Test(arguments: [0, 1, 1_448, 65_536, 65_537, 250_000])
    func bothEndsAreResetBehindExactlySoManyBytes(_ place: Int) async throws {
      let line = try await Line(["--fault", "up at \(place): reset"])
      #expect(try send(300_000, to: line.port).errno == ECONNRESET)
      #expect(try await line.served(1) == ["ConnectionResetError \(place)"])
      let said = try await line.stop()
      #expect(said.contains("connection 1: reset at byte \(place) up"), "\(said)")
      #expect(try await line.replay().contains("connection 1: reset at byte \(place) up"))
    }

    @Test func aCutIsSilenceUntilItEnds() async throws {
      let line = try await Line(["--fault", "up at 5000: cut"])
      #expect(try send(9_000, to: line.port, seconds: 1).errno == EAGAIN, "nothing comes, not even an end")
      #expect(line.server.output.split(separator: "\n").count == 1, "the server waits too")
      let said = try await line.stop()
      #expect(
        said.contains("connection 1: 5000 B up, 0 B down") && said.contains("cut by a fault"), "\(said)")
      #expect(try await line.served(1) == ["ConnectionResetError 5000"])
      #expect(try await line.replay().contains("connection 1: cut at byte 5000 up"))
    }

    @Test func aHoldIsOverAfterItsTime() async throws {
      let line = try await Line(["--fault", "down at 1: hold 1s"])
      let socket = try RawClient.connect(port: line.port, seconds: 20)
      defer { close(socket) }
      shutdown(socket, Int32(SHUT_WR))
      var answer = [UInt8](repeating: 0, count: 10)
      #expect(recv(socket, &answer, 10, 0) == 1, "the answer is one byte, before the hold")
      #expect(recv(socket, &answer, 10, 0) == 0)
      _ = try await line.stop()
    }

    @Test func aClientsResetReachesTheServer() async throws {
      let line = try await Line(server: ["greets"])
      let socket = try RawClient.connect(port: line.port, seconds: 20)
      var greeting = [UInt8](repeating: 0, count: 2)
      #expect(recv(socket, &greeting, 2, Int32(MSG_WAITALL)) == 2)
      var hard = linger(l_onoff: 1, l_linger: 0)
      setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
      close(socket)
      #expect(try await line.served(1).first?.hasPrefix("ConnectionResetError") == true)
      let said = try await line.stop()
      #expect(said.contains("reset by the client"), "\(said)")
    }

    @Test func aServerThatIsNotThereIsAReset() async throws {
      let line = try await Line()
      line.server.end()
      #expect(try send(10, to: line.port).errno == ECONNRESET)
      let said = try await line.stop()
      #expect(said.contains("refused by the server"), "\(said)")
    }

    @Test func aServerThatDoesNotReadHoldsItsClientBack() async throws {
      let line = try await Line(server: ["slow"])
      let socket = try RawClient.connect(port: line.port, seconds: 1)
      defer { close(socket) }
      // Until a send takes a second: then all buffers are full.
      let piece = [UInt8](repeating: 0, count: 1 << 20)
      var sent = 0
      while sent < 1 << 30 {
        let n = Glibc.send(socket, piece, piece.count, Int32(MSG_NOSIGNAL))
        if n <= 0 { break }
        sent += n
        if n < piece.count { break }
      }
      #expect(sent < 64 << 20, "the kernels' buffers and ours, not the whole stream")
    }

    @Test func aRecordingWhoseRunWasKilledTellsWhatItHas() async throws {
      let line = try await Line(["--fault", "up at 70000: cut"])
      #expect(try send(90_000, to: line.port, seconds: 1).errno == EAGAIN)
      line.child.end()
      let path = line.folder["run.strata"]
      let story = try await Strata.run(["replay", path])
      #expect(story.isSuccess && story.output.contains("connection 1: cut at byte 70000 up"), "\(story)")
      #expect(story.output.contains("cut off"))
      #expect(try await Strata.run(["replay", path, "--hash"]).ending == .exited(1))
    }

    @Test func whatIsWrongIsSaid() async throws {
      let to = ["between", "--to", "127.0.0.1:9"]
      for (arguments, word) in [
        (["between"], "--to"), (to + ["--fault", "sideways at 5: cut"], "sideways"),
        (to + ["--fault", "up at 5: explode"], "explode"), (to + ["--listen", "moon"], "--listen"),
      ] {
        let outcome = try await Strata.run(arguments)
        #expect(outcome.ending == .exited(64) && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.errors.contains(word), "\(outcome.errors)")
      }
    }
  }
}
