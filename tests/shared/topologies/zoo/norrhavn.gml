graph [
  directed 1
  DateObtained "17/02/11"
  GeoLocation "Norrhavn"
  GeoExtent "Country"
  Network "Norrhavn"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "COM"
  Backbone 1
  Commercial 1
  label "Norrhavn"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Dunwines"
    Country "Norrhavn"
    Longitude 11.32011
    Internal 1
    Latitude 50.62706
  ]
  node [
    id 1
    label "Zandawald"
    Country "Norrhavn"
    Longitude 12.18068
    Internal 1
    Latitude 60.05313
  ]
  node [
    id 2
    label "Marstaford"
    Country "Norrhavn"
    Longitude 11.11494
    Internal 1
    Latitude 64.15791
  ]
  node [
    id 3
    label "Kelraoria"
    Country "Norrhavn"
    Longitude 13.73809
    Internal 1
    Latitude 58.92003
  ]
  node [
    id 4
    label "Ravleham"
    Country "Norrhavn"
    Longitude 18.88598
    Internal 1
    Latitude 59.60798
  ]
  node [
    id 5
    label "Falbedal"
    Country "Norrhavn"
    Longitude 7.32171
    Internal 1
    Latitude 52.41546
  ]
  node [
    id 6
    label "Cornoholm"
    Country "Norrhavn"
    Longitude 27.06014
    Internal 1
    Latitude 53.40136
  ]
  node [
    id 7
    label "Tortiford"
    Country "Norrhavn"
    Longitude 27.56008
    Internal 1
    Latitude 60.11144
  ]
  node [
    id 8
    label "Dunwiton"
    Country "Norrhavn"
    Longitude 8.89235
    Internal 1
    Latitude 47.08279
  ]
  node [
    id 9
    label "Pelvaholm"
    Country "Norrhavn"
    Longitude 11.31243
    Internal 1
    Latitude 58.73058
  ]
  node [
    id 10
    label "Jasvaoria"
    Country "Norrhavn"
    Longitude 6.76556
    Internal 1
    Latitude 62.99882
  ]
  node [
    id 11
    label "Ivonoford"
    Country "Norrhavn"
    Longitude 4.75593
    Internal 1
    Latitude 61.28751
  ]
  node [
    id 12
    label "Nortiham"
    Country "Norrhavn"
    Longitude 18.44096
    Internal 1
    Latitude 55.01367
  ]
  node [
    id 13
    label "Norstaford"
    Country "Norrhavn"
    Longitude 10.92222
    Internal 1
    Latitude 53.66971
  ]
  node [
    id 14
    label "Ultidal"
    Country "Norrhavn"
    Longitude 19.36548
    Internal 1
    Latitude 55.75919
  ]
  node [
    id 15
    label "Alvik"
    Country "Norrhavn"
    Longitude 29.48617
    Internal 1
    Latitude 54.30843
  ]
  node [
    id 16
    label "Yswiton"
    Country "Norrhavn"
    Longitude 29.35667
    Internal 1
    Latitude 50.79785
  ]
  node [
    id 17
    label "Bramouth"
    Country "Norrhavn"
    Longitude 25.53808
    Internal 1
    Latitude 47.09792
  ]
  node [
    id 18
    label "Garnoberg"
    Country "Norrhavn"
    Longitude 30.53846
    Internal 1
    Latitude 57.89296
  ]
  node [
    id 19
    label "Ivodaby"
    Country "Norrhavn"
    Longitude 29.82405
    Internal 1
    Latitude 62.04895
  ]
  node [
    id 20
    label "Holnooria"
    Country "Norrhavn"
    Longitude 8.92485
    Internal 1
    Latitude 49.57275
  ]
  node [
    id 21
    label "Zanton"
    Country "Norrhavn"
    Longitude 4.85131
    Internal 1
    Latitude 65.27601
  ]
  node [
    id 22
    label "Ravholm"
    Country "Norrhavn"
    Longitude 13.89469
    Internal 1
    Latitude 53.45042
  ]
  node [
    id 23
    label "Pelwiby"
    Country "Norrhavn"
    Longitude 10.67736
    Internal 1
    Latitude 65.54002
  ]
  node [
    id 24
    label "Keldaoria"
    Country "Norrhavn"
    Longitude 25.79306
    Internal 1
    Latitude 47.85779
  ]
  node [
    id 25
    label "Garnomouth"
    Country "Norrhavn"
    Longitude 16.07922
    Internal 1
    Latitude 56.98319
  ]
  edge [
    source 0
    target 1
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 8
    target 9
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 0
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 0
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 2
    target 1
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 3
    target 2
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 4
    target 3
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 5
    target 4
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 6
    target 5
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 7
    target 6
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 8
    target 7
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 9
    target 8
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 0
    target 9
    LinkSpeed "2.5"
    LinkSpeedUnits "G"
    LinkLabel "2.5 Gbps"
    LinkSpeedRaw 2500000000.0
  ]
  edge [
    source 0
    target 5
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 0
    target 10
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 11
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 12
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 13
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 14
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 15
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 16
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 17
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 18
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 19
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 20
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 21
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 22
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 23
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 24
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 25
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
]
