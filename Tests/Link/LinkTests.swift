import StrataLink
import Testing
