import StrataIP
import Testing
